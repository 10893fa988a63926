<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results of several kinds (areas) by object_type -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{objects}">
      <rule key="{objects-0}" symbol="0" filter="&quot;object_type&quot; IN ('building', 'buildings')" label="Building"/>
      <rule key="{objects-1}" symbol="1" filter="&quot;object_type&quot; IN ('road', 'roads')" label="Road"/>
      <rule key="{objects-2}" symbol="2" filter="&quot;object_type&quot; IN ('forest')" label="Forest"/>
      <rule key="{objects-3}" symbol="3" filter="&quot;object_type&quot; IN ('crown', 'crowns')" label="Crown"/>
      <rule key="{objects-4}" symbol="4" filter="&quot;object_type&quot; IN ('waterbody', 'waterbodies', 'water')" label="Water"/>
      <rule key="{objects-5}" symbol="5" filter="&quot;object_type&quot; IN ('landuse')" label="Land use"/>
      <rule key="{objects-6}" symbol="6" filter="ELSE" label="Other"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="214,130,90,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="130,70,40,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="240,214,120,200"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="176,140,50,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="100,160,90,150"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="60,112,54,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="60,130,70,180"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="24,80,40,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="4" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="120,176,222,190"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="60,112,160,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="5" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="226,214,232,120"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="150,130,160,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.1"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="6" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="190,190,190,150"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="110,110,110,255"/>
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
