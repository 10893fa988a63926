<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results: buildings by class -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{buildings-class}">
      <rule key="{buildings-class-0}" symbol="0" filter="to_string(&quot;class_id&quot;) = '101'" label="Apartments"/>
      <rule key="{buildings-class-1}" symbol="1" filter="to_string(&quot;class_id&quot;) = '102'" label="House"/>
      <rule key="{buildings-class-2}" symbol="2" filter="to_string(&quot;class_id&quot;) = '103'" label="Industrial"/>
      <rule key="{buildings-class-3}" symbol="3" filter="to_string(&quot;class_id&quot;) = '104'" label="Commercial"/>
      <rule key="{buildings-class-4}" symbol="4" filter="to_string(&quot;class_id&quot;) = '105'" label="Other, not for living"/>
      <rule key="{buildings-class-5}" symbol="5" filter="ELSE" label="Building"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="202,84,60,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="120,44,28,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="236,158,88,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="150,92,40,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="128,108,176,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="76,60,116,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="70,140,190,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="32,84,124,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="4" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="150,150,150,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="90,90,90,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="5" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="214,190,160,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="130,110,84,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
