<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results: forest by height class -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{forest}">
      <rule key="{forest-0}" symbol="0" filter="to_string(&quot;class_id&quot;) = '00m-04m'" label="below 4 m"/>
      <rule key="{forest-1}" symbol="1" filter="to_string(&quot;class_id&quot;) = '04m-10m'" label="4 to 10 m"/>
      <rule key="{forest-2}" symbol="2" filter="to_string(&quot;class_id&quot;) = '10m-99m'" label="above 10 m"/>
      <rule key="{forest-3}" symbol="3" filter="ELSE" label="Forest"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="196,222,150,180"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="140,166,96,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="122,180,98,180"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="80,132,60,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="44,118,64,180"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="22,78,38,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="100,160,90,150"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="60,112,54,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
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
